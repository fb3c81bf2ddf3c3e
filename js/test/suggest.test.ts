// What was probably meant by a name that the core does not know.

import assert from "node:assert/strict";
import { test } from "node:test";
import { meant } from "../src/suggest";

const OWN = { events: { newsletterJoined: "event12" }, variables: { memberTier: "eVar5" } };

const suggestions = (code: string, place: string): string | undefined => meant([{ code, place }], OWN)[0]!.suggestion;

test("names are compared with those of their kind", () => {
  assert.equal(suggestions("unknown_event", "purchse"), "purchase");
  assert.equal(suggestions("unknown_field", "orderid"), "orderId");
  assert.equal(suggestions("unknown_field", "products.3.quantty"), "quantity");
  assert.equal(suggestions("unknown_field", "products.3.price"), "unitPrice");
  assert.equal(suggestions("unknown_field", "quantity"), undefined);
});

test("names that the shop declared are known", () => {
  assert.equal(suggestions("unknown_event", "newsleterJoined"), "newsletterJoined");
  assert.equal(suggestions("unknown_field", "memberTeir"), "memberTier");
});

test("other problems have nothing to suggest", () => {
  assert.deepEqual(meant([{ code: "too_long", place: "orderid" }], OWN), [{ code: "too_long", place: "orderid" }]);
  assert.equal(suggestions("unknown_event", "zebra"), undefined);
  assert.equal(suggestions("unknown_event", "a".repeat(10_000)), undefined);
});
