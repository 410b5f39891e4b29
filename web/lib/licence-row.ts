/** A licence of the connected account as the page shows it. */
export interface LicenceRow {
  readonly modelId: bigint;
  readonly version: number;
  /** The model's title, where its manifest could be read. */
  readonly title: string | undefined;
  /** Whether this is the newest version of the model. */
  readonly newest: boolean;
  /** Which of the version's plans answers one input at a time; undefined where its manifest could not be read. */
  readonly planIndex: number | undefined;
  /** False once the owner took it back. */
  readonly stands: boolean;
  /** When it was given last, milliseconds since the epoch. */
  readonly givenAt: number;
}
