/**
 * Constants of one prime, laid out by the host (tables.ts). Each is a vector of four equal lanes: an engine that meets a
 * vector constant inside a loop may build it anew each time, one that loads it does not.
 */

/** q. */
export const Q: usize = 0;
/** 2q. */
export const Q2: usize = 16;
/** q⁻¹ mod 2³². */
export const Q_INVERSE: usize = 32;
/** 2q in the upper words of 64-bit lanes, 0 in the lower ones. */
export const Q2_HIGH: usize = 48;
/** 2³² mod q and its Shoup companion: into Montgomery form. */
export const R: usize = 64;
export const R_SHOUP: usize = 80;
/** ⌊2³²/q⌋, the Shoup companion of 1: reduces any 32-bit value to [0, 2q). */
export const ONE_SHOUP: usize = 96;
/** Address of the table of the forward transform, one u32. */
export const FORWARD: usize = 112;
/** Address of the table of the inverse transform, one u32. */
export const INVERSE: usize = 116;
