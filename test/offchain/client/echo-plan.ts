export { echoPlan, type EchoPlan } from "../../../scripts/network/echo-plan.ts";
