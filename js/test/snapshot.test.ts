// Call snapshots: what a page can pass, and what becomes of it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { blunt } from "../src/raw";
import { flatten, RECORD, UNIT } from "../src/snapshot";

const fields = (data: unknown): string[] => flatten(data, (key) => key).split(RECORD).slice(1).map((field) => field.replace(UNIT, "="));

const check = (data: unknown, ...expected: string[]): void => assert.deepEqual(fields(data), expected);

test("scalars are copied by type", () => {
  check({ a: "x", b: 6.4, c: true, d: false, e: null, f: undefined }, "a=sx", "b=n6.4", "c=b1", "d=b0", "e=z", "f=z");
});

test("nesting becomes paths", () => {
  check({ products: [{ id: "A", eVars: { eVar1: "x" } }] }, "products.0.id=sA", "products.0.eVars.eVar1=sx");
  check({ a: { b: { c: 1 } } }, "a.b.c=n1");
});

test("what no event can carry is named", () => {
  const cycle: { self?: unknown } = {};
  cycle.self = cycle;
  check(cycle, "self.self.self.self=xdepth");
  check({ f() {} }, "f=xfunction");
  check({ big: 1n, symbol: Symbol("x") }, "big=xbigint", "symbol=xsymbol");
  check({ get bad() { throw new Error("no"); }, good: 1 }, "bad=xgetter", "good=n1");
  check(new Proxy({}, { ownKeys() { throw new Error("no"); } }), "=xgetter");
  check({ nan: NaN }, "nan=nNaN");
});

test("a call is bounded", () => {
  assert.equal(fields({ text: "x".repeat(1e6) })[0]!.length, "text=s".length + 4096);
  const many = fields(Object.fromEntries(Array.from({ length: 2000 }, (_, index) => ["k" + index, index])));
  assert.ok(many.length <= 513 && many.at(-1)!.endsWith("=xfields"), many.at(-1));
});

test("nothing a page writes can break the format", () => {
  check({ "a\x1eb>c": "x\x1d\x1e\x1fy" }, "a_b_c=sx   y");
  // What begins with @ is told by the shim alone.
  check({ "@visitor": "x", user: { "@as": "y" } }, "_visitor=sx", "user._as=sy");
});

test("raw calls are redacted bluntly, our own ids are not", () => {
  const head = ["c1", "0123456789012345678901234567890a", 1, 1763690400000, "t", "purchase", ""].join(UNIT);
  const visitor = "@visitor" + UNIT + "s01234567890123456789012345678901";
  const own = [head, visitor].join(RECORD);
  const call = (field: string): string => blunt([own, field].join(RECORD)).slice(own.length + 1);
  assert.equal(blunt(own), own);
  assert.equal(call("a" + UNIT + "scard 4242 4242 4242 4242 ok"), "a" + UNIT + "scard [redacted] ok");
  assert.equal(call("a" + UNIT + "sada@example.org"), "a" + UNIT + "[redacted]");
  assert.equal(call("@url" + UNIT + "shttps://shop.example/a?email=x#y"), "@url" + UNIT + "shttps://shop.example/a");
  assert.equal(call("orderId" + UNIT + "sR100234"), "orderId" + UNIT + "sR100234");
});
