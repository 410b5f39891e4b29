export { accumulate } from "./accumulate";
export { combine, quotient } from "./combine";
export { clear, copy } from "./copy";
export { forward, forwardCentred, forwardTurned } from "./forward";
export { inverse } from "./inverse";
export { permute } from "./permute";
export { add, addScalar, divide, isCanonical, multiply, negate, scale, scaleAdd, sub, tensor } from "./pointwise";
export { accept, squeeze } from "./shake";
