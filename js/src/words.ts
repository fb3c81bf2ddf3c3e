// What each problem's code means, in words for the developer of a shop. Loaded with `debug` only.

/** By code; `%` is the place. `docs/problems.md` says more. */
export const words: { [code: string]: string } = {
  unknown_event: "the event's name is not known; it was sent, marked invalid, and counts as nothing",
  unknown_field: "the field is not known; it was left out",
  unknown_option: "`%` is not an option",
  bad_option: "`%` is missing or not one of the values allowed; without a site, a destination and a valid consent nothing is sent",
  wrong_type: "the value has a type that the field cannot have; it was left out",
  unusable: "a function, symbol, BigInt or failing getter cannot be sent; it was left out",
  too_deep: "nested deeper than four levels; the rest was left out",
  too_many: "more fields or products than a call may have; the rest was left out",
  too_long: "the text was over its limit and was cut",
  bad_text: "the text held half a character (a lone surrogate); it was replaced",
  delimiter: "`;` `,` and `|` separate fields on Adobe's wire; they became spaces",
  bad_number: "not a decimal number; write 6.40 or \"6.40\", without a currency sign",
  bad_quantity: "a quantity is a positive whole number; it was left out",
  bad_currency: "a currency is three capital letters; it was left out",
  missing_order_id: "a purchase without orderId cannot be told from its own repetition",
  missing_product_id: "a product without an id was left out",
  total_mismatch: "unitPrice times quantity is not lineTotal; the total stands",
  bad_id: "ids should be alphanumeric and at most 20 bytes: Adobe cuts longer ones",
  missing_link: "a link needs a URL or a name: Adobe would count a page view",
  redacted: "personal data was taken out before anything was stored or sent",
  malformed: "the call could not be read",
};
