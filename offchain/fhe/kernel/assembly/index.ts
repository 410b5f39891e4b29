export { accumulate, combine } from "./accumulate";
export { forward } from "./forward";
export { inverse } from "./inverse";
export { liftCentred, liftPlain, liftTurned, quotient } from "./lifts";
export { permute } from "./permute";
export { add, addScalar, divide, isCanonical, multiply, negate, scale, scaleAdd, sub, tensor } from "./pointwise";
