/** The columns of a loan application as the risk model takes them: each scaled to 0 … 1 from what a person would write down. */
import type { Application } from "./records.ts";

/** One input of the model. */
export interface Column {
  readonly name: string;
  readonly meaning: string;
  /** What is 0 and what is 1; values beyond are taken as these. */
  readonly from: number;
  readonly to: number;
  /** `log`: evenly over orders of magnitude. `flag`: 1 where it applies. */
  readonly scale: "linear" | "log" | "flag";
  readonly read: (application: Application) => number;
}

function linear(name: string, meaning: string, to: number, read: Column["read"], from = 0): Column {
  return { name, meaning, from, to, scale: "linear", read };
}

function log(name: string, meaning: string, from: number, to: number, read: Column["read"]): Column {
  return { name, meaning, from, to, scale: "log", read };
}

function flag(name: string, meaning: string, read: (application: Application) => boolean): Column {
  return { name, meaning, from: 0, to: 1, scale: "flag", read: (application) => Number(read(application)) };
}

/** All 24, in the order of the model's input. */
export const COLUMNS: readonly Column[] = [
  linear("age", "years", 80, ({ age }) => age, 18),
  log("income", "a month after tax, in units of currency", 500, 20_000, ({ income }) => income),
  linear("jobYears", "years in the present employment", 40, ({ jobYears }) => jobYears),
  flag("employed", "works for somebody", ({ work }) => work === "employed"),
  flag("selfEmployed", "works for themselves", ({ work }) => work === "selfEmployed"),
  flag("notWorking", "neither", ({ work }) => work === "none"),
  flag("owns", "owns a home without a mortgage", ({ home }) => home === "owns"),
  flag("mortgage", "owns a home with a mortgage", ({ home }) => home === "mortgage"),
  flag("rents", "rents", ({ home }) => home === "rents"),
  linear("dependants", "people who live on the income besides the applicant", 6, ({ dependants }) => dependants),
  log("amount", "asked for, in units of currency", 500, 50_000, ({ amount }) => amount),
  linear("term", "months to pay it back in", 84, ({ term }) => term, 6),
  flag("forCar", "to buy a car", ({ purpose }) => purpose === "car"),
  flag("forHome", "to improve a home", ({ purpose }) => purpose === "home"),
  flag("forDebts", "to pay other debts", ({ purpose }) => purpose === "debts"),
  flag("forOther", "for anything else", ({ purpose }) => purpose === "other"),
  linear("instalment", "monthly instalment over monthly income", 0.8, ({ instalment }) => instalment),
  linear("otherDebts", "monthly instalments of other debts over monthly income", 1, ({ otherDebts }) => otherDebts),
  linear("utilisation", "part of the credit lines that is used", 1, ({ utilisation }) => utilisation),
  linear("accounts", "open credit accounts", 20, ({ accounts }) => accounts),
  linear("history", "years since the first account", 40, ({ history }) => history),
  linear("late", "payments more than 30 days late in two years", 8, ({ late }) => late),
  linear("enquiries", "credit enquiries in six months", 8, ({ enquiries }) => enquiries),
  linear("savings", "savings over monthly income", 24, ({ savings }) => savings),
];

/**
 * An application as the model's input.
 *
 * @returns 24 numbers in 0 … 1
 */
export function toInput(application: Application): Float32Array {
  return Float32Array.from(COLUMNS, ({ from, to, scale, read }) => {
    const value = read(application);
    const part = scale === "log" ? Math.log(value / from) / Math.log(to / from) : (value - from) / (to - from);
    return Math.min(1, Math.max(0, part));
  });
}
