// English.

export const en =
  "Checkout progress|Step {0} of {1}|{0}: {1}|Next: {0}|Not completed|" +
  "Completed|Needs your attention|Skipped|Not available yet|Optional|(Edit)|" +
  "All steps completed|Show all steps|{0} was skipped.|" +
  "Cart|Delivery|Billing|Payment|Payment terms|Approval|Review items|Billing & shipping|Confirmation";
