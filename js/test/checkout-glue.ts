// Stands in the place of the funnel's glue: it answers every notice with a call that says what it was told, and remembers how many.

const [GROUP, RECORD, UNIT] = ["\x1d", "\x1e", "\x1f"] as const;

export function instantiate(module: unknown): (verb: number, text: string, number: number, now: number) => string {
  if (!(module instanceof WebAssembly.Module)) throw new TypeError("not a module");
  return (verb, text) => {
    const [remembered, said] = text.split(GROUP) as [string, string];
    const count = +remembered + 1;
    return count + GROUP + RECORD + ["checkoutOption", "option", "s" + verb + " " + said.replaceAll(UNIT, "/"), "index", "n" + count].join(UNIT);
  };
}
