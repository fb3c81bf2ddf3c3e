// Finds what was probably meant by a name that is not known. Loaded only when there is one.

/** Longer names than any of ours are not worth comparing. */
const NAME_MAX = 40;

/** The closest of `known` to `word`, or an empty text if none is close: at most one edit for each three letters, case aside. */
export function suggest(word: string, known: string[]): string {
  let best = "";
  let bestEdits = Math.min(3, Math.floor(word.length / 3)) + 1;
  for (const candidate of word.length > NAME_MAX ? [] : known) {
    const edits = distance(word.toLowerCase(), candidate.toLowerCase());
    if (edits < bestEdits) [best, bestEdits] = [candidate, edits];
  }
  return best;
}

/** Letters to insert, delete or replace until one word is the other. */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (const letter of from) {
    const before = row;
    row = [before[0]! + 1];
    for (let column = 0; column < to.length; column++) {
      const replaced = before[column]! + (letter === to[column] ? 0 : 1);
      row.push(Math.min(replaced, before[column + 1]! + 1, row[column]! + 1));
    }
  }
  return row.at(-1)!;
}
