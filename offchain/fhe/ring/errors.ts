import { CloakworkError } from "../../errors.ts";

/** A packed polynomial holds something that is not a residue of its prime, or has the wrong number of bytes. */
export class ResidueFormatError extends CloakworkError {
  /** @param detail what is wrong, without any data */
  constructor(detail: string) {
    super(
      "RESIDUE_FORMAT",
      `A packed polynomial is malformed: ${detail}.`,
      "Obtain the object again from where it came; if the same bytes return, its maker's software is at fault.",
    );
  }
}
