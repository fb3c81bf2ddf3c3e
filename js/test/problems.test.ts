// What problems mean, and what was probably meant by a name that the core does not know.

import assert from "node:assert/strict";
import { test } from "node:test";
import { explained } from "../src/problems";

const OWN = { events: { newsletterJoined: "event12" }, variables: { memberTier: "eVar5" } };

const suggestions = (code: string, place: string): string | undefined => explained([{ code, place }], OWN)[0]!.suggestion;

test("names are compared with those of their kind", () => {
  assert.equal(suggestions("unknown_event", "purchse"), "purchase");
  assert.equal(suggestions("unknown_field", "orderid"), "orderId");
  assert.equal(suggestions("unknown_field", "products.3.quantty"), "quantity");
  assert.equal(suggestions("unknown_field", "quantity"), undefined);
});

test("names that the shop declared are known", () => {
  assert.equal(suggestions("unknown_event", "newsleterJoined"), "newsletterJoined");
  assert.equal(suggestions("unknown_field", "memberTeir"), "memberTier");
});

test("a name of others is told with ours", () => {
  assert.equal(suggestions("alias", "begin_checkout"), "scCheckout");
  assert.equal(suggestions("alias", "items.3.price"), "unitPrice");
  const [problem] = explained([{ code: "alias", place: "begin_checkout" }], OWN);
  assert.match(problem!.message, /^`begin_checkout`.*`scCheckout`/);
});

test("other problems have nothing to suggest, but words", () => {
  const [problem] = explained([{ code: "total_mismatch", place: "products.0" }], OWN);
  assert.deepEqual([problem!.suggestion, problem!.severity], [undefined, "warning"]);
  assert.ok(problem!.message && problem!.adobe && problem!.fix);
  assert.equal(suggestions("unknown_event", "zebra"), undefined);
  assert.equal(suggestions("unknown_event", "a".repeat(10_000)), undefined);
});

test("a code that is not in the table is told all the same", () => {
  assert.deepEqual(explained([{ code: "new_one", place: "x" }]), [{ code: "new_one", place: "x", message: "new_one", severity: "warning", fix: "" }]);
});
