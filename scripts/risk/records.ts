/**
 * Made-up loan applications and whether they would have been paid back. Nobody's data: every record is drawn from the distributions written down here, with a fixed seed.
 *
 * They are made to be like what lenders publish: incomes log-normal, lengths of employment and history bounded by age, late payments and high utilisation in the same hands, amounts that
 * follow incomes. Default follows a logistic model of burdens and habits with thresholds and interactions, so that a linear model is not the best one; about one in five defaults. Real lending differs in ways
 * nobody wrote down here, and a model of these records says nothing about people.
 */
import { seededRandom, type Random } from "../digits/random.ts";

export interface Application {
  readonly age: number;
  readonly income: number;
  readonly jobYears: number;
  readonly work: "employed" | "selfEmployed" | "none";
  readonly home: "owns" | "mortgage" | "rents";
  readonly dependants: number;
  readonly amount: number;
  readonly term: number;
  readonly purpose: "car" | "home" | "debts" | "other";
  readonly instalment: number;
  readonly otherDebts: number;
  readonly utilisation: number;
  readonly accounts: number;
  readonly history: number;
  readonly late: number;
  readonly enquiries: number;
  readonly savings: number;
}

/** An application and how it ended. */
export interface LoanRecord {
  readonly application: Application;
  /** The probability the outcome was drawn with: what no model can beat. */
  readonly risk: number;
  readonly defaulted: boolean;
}

/** How the records are made and divided. Changing any of these makes every published figure meaningless. */
export const RECORDS = { seed: 20250116, train: 5000, validation: 1000, heldOut: 2000 } as const;

export interface RecordsSplit {
  readonly train: readonly LoanRecord[];
  readonly validation: readonly LoanRecord[];
  readonly heldOut: readonly LoanRecord[];
}

/** Interest a month, for instalments. */
const MONTHLY_RATE = 0.0075;

/**
 * Makes the records and divides them, always in the same way: drawn by sfc32 from `RECORDS.seed`, independent of each other; the first 5,000 train, the next 1,000 validate, the
 * last 2,000 are held out.
 */
export function makeRecords(): RecordsSplit {
  const random = seededRandom(RECORDS.seed);
  const count = RECORDS.train + RECORDS.validation + RECORDS.heldOut;
  const records = Array.from({ length: count }, () => drawRecord(random));
  const validationEnd = RECORDS.train + RECORDS.validation;
  return {
    train: records.slice(0, RECORDS.train),
    validation: records.slice(RECORDS.train, validationEnd),
    heldOut: records.slice(validationEnd),
  };
}

function drawRecord(random: Random): LoanRecord {
  const application = drawApplication(random);
  const risk = riskOf(application);
  return { application, risk, defaulted: random() < risk };
}

function drawApplication(random: Random): Application {
  const age = clamp(Math.round(41 + 13 * normal(random)), 18, 80);
  // What a person is like with money; it shows in several columns and in none of them clearly.
  const care = normal(random);
  const work = choose(random, [
    ["employed", age > 66 ? 0.15 : 0.74],
    ["selfEmployed", 0.13],
    ["none", age > 66 ? 0.72 : 0.13],
  ] as const);
  const jobYears = work === "none" ? 0 : Math.floor(clamp(-6 * Math.log(1 - random()), 0, Math.min(40, age - 17)));
  const prime = 1 - ((age - 48) / 40) ** 2;
  const incomeLevel = 7.65 + 0.45 * prime + 0.02 * jobYears + 0.42 * normal(random);
  const income = Math.round(clamp(Math.exp(incomeLevel) * (work === "none" ? 0.5 : 1), 500, 20_000));
  const settled = (age - 25) / 25 + (income - 2500) / 4000;
  const home = choose(random, [
    ["owns", clamp(0.08 + (age - 45) / 70, 0.03, 0.6)],
    ["mortgage", clamp(0.15 + 0.2 * settled, 0.03, 0.6)],
    ["rents", 0.45],
  ] as const);
  const dependants = Math.min(6, Math.floor((age > 24 && age < 62 ? 1.1 : 0.35) * -Math.log(1 - random())));
  const amount = Math.round(clamp(income * Math.exp(0.9 + 0.75 * normal(random)), 500, 50_000) / 50) * 50;
  const term = choose(random, [
    [12, 0.18],
    [24, 0.24],
    [36, 0.26],
    [48, 0.14],
    [60, 0.12],
    [84, 0.06],
  ] as const);
  const purpose = choose(random, [
    ["car", 0.3],
    ["home", home === "rents" ? 0.06 : 0.26],
    ["debts", care < -0.5 ? 0.42 : 0.2],
    ["other", 0.24],
  ] as const);
  const payment = (amount * MONTHLY_RATE) / (1 - (1 + MONTHLY_RATE) ** -term);
  const history = Math.floor(clamp((age - 18) * (0.35 + 0.6 * random()), 0, 40));
  const accounts = Math.min(20, poisson(random, 2.5 + 0.12 * history));
  return {
    age,
    income,
    jobYears,
    work,
    home,
    dependants,
    amount,
    term,
    purpose,
    instalment: clamp(payment / income, 0, 0.8),
    otherDebts: clamp(
      0.12 + (home === "mortgage" ? 0.14 : 0) + 0.02 * accounts - 0.05 * care + 0.1 * normal(random),
      0,
      1,
    ),
    utilisation: clamp(0.42 - 0.2 * care + 0.2 * normal(random), 0, 1),
    accounts,
    history,
    late: Math.min(8, poisson(random, Math.exp(-1.1 - 0.8 * care))),
    enquiries: Math.min(8, poisson(random, Math.exp(-0.2 - 0.35 * care))),
    savings: clamp(Math.exp(0.5 + 0.6 * care + 0.9 * normal(random)), 0, 24),
  };
}

/** The probability of default that outcomes are drawn with. */
function riskOf(application: Application): number {
  const { age, jobYears, work, home, dependants, term, purpose } = application;
  const { instalment, otherDebts, utilisation, history, late, enquiries, savings } = application;
  const burden = instalment + otherDebts + 0.03 * dependants;
  const cushion = Math.log1p(savings);
  const log =
    -3.7 +
    4.2 * Math.max(0, burden - 0.35) +
    5 * Math.max(0, burden - 0.35) * Math.max(0, utilisation - 0.5) +
    1.9 * utilisation ** 2 +
    0.85 * Math.sqrt(late) +
    0.22 * enquiries -
    0.75 * cushion +
    (work === "none" ? 0.8 - 0.3 * cushion : 0) +
    (work === "selfEmployed" ? 0.35 : 0) +
    (home === "rents" ? 0.3 : 0) +
    (purpose === "debts" ? 0.45 * (late > 0 ? 2 : 1) : 0) +
    1.3 * Math.exp(-history / 4) +
    0.6 * Math.exp(-jobYears / 2) +
    0.012 * (term - 36) +
    0.5 * ((age - 45) / 25) ** 2;
  return 1 / (1 + Math.exp(-log));
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}

/** A standard normal number (Box and Muller). */
function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** A Poisson number (Knuth, "The Art of Computer Programming", volume 2, 3.4.1). */
function poisson(random: Random, mean: number): number {
  const limit = Math.exp(-mean);
  let count = 0;
  for (let product = random(); product > limit && count < 100; product *= random()) count++;
  return count;
}

/** One of several, by their weights, which need not sum to one. */
function choose<T>(random: Random, options: readonly (readonly [T, number])[]): T {
  const total = options.reduce((sum, [, weight]) => sum + weight, 0);
  let left = random() * total;
  for (const [value, weight] of options) {
    left -= weight;
    if (left < 0) return value;
  }
  return options[options.length - 1][0];
}
