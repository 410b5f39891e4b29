/** What the codes mean that nodes refuse an input or keys with on chain (docs/formats.md, section 11), for the person who asked. */

const INPUT: readonly (readonly [code: number, what: string])[] = [
  [1, "ends too early"],
  [2, "is longer than its plan takes"],
  [3, "is of another format"],
  [4, "is of another version of its format"],
  [5, "has other parts than its plan takes"],
  [6, "was made for other parameters"],
  [7, "was made with other keys than those the request names"],
  [8, "is at another level than its plan takes"],
  [9, "is at another scale than its plan takes"],
  [10, "has another nonce than the request names"],
  [11, "holds numbers out of range"],
  [12, "is not encrypted"],
  [20, "is not the one that was paid for"],
];

const BATCH: readonly (readonly [code: number, what: string])[] = [
  [31, "ends too early"],
  [32, "is longer than its plan takes"],
  [33, "is of another format"],
  [34, "is of another version of its format"],
  [35, "has another number of inputs than its plan takes"],
  [36, "was made for other parameters"],
  [37, "was made with other keys than those the request names"],
  [38, "uses a nonce twice"],
];

const KEYS: readonly (readonly [code: number, what: string])[] = [
  [101, "end too early"],
  [102, "are longer than they may be"],
  [103, "are of another format"],
  [104, "are of another version of their format"],
  [105, "were made for other parameters"],
  [106, "belong to another key set"],
  [107, "have a damaged table"],
  [108, "are in another order"],
  [109, "are of an unknown kind"],
  [110, "have other digits than the plan needs"],
  [111, "are at another level than the plan needs"],
  [112, "have an unknown element"],
  [113, "have another size than their table says"],
  [114, "hold numbers out of range"],
  [120, "are not those that were registered"],
  [121, "lack one that the plan needs"],
];

const WORDS: ReadonlyMap<number, string> = new Map([
  ...INPUT.map(([code, what]) => [code, `the encrypted input ${what}`] as const),
  ...BATCH.map(([code, what]) => [code, `the encrypted batch ${what}`] as const),
  ...KEYS.map(([code, what]) => [code, `the keys ${what}`] as const),
]);

/** Codes from here on are about keys. */
const FIRST_OF_KEYS = 101;

/**
 * What a code means, as the end of a sentence, with the code itself.
 *
 * @param code of a later version too: then it is named alone
 */
export function rejectWords(code: number): string {
  const words = WORDS.get(code) ?? "the input or the keys are not what the plan takes";
  return `${words} (code ${code})`;
}

/** Whether other keys are needed, or the same ones do for another input. */
export function isAboutKeys(code: number): boolean {
  return code >= FIRST_OF_KEYS;
}
