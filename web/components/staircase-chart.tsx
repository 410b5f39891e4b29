"use client";

import { Area, AreaChart, CartesianGrid, ResponsiveContainer, XAxis, YAxis } from "recharts";

import type { Staircase } from "../lib/plan-staircase.ts";

/** Levels left, layer after layer. The table beside it says the same in figures. */
export function StaircaseChart({ staircase: { levelBefore, layers } }: { readonly staircase: Staircase }) {
  const steps = [
    { name: "input", level: levelBefore },
    ...layers.map(({ name, levelAfter }) => ({ name, level: levelAfter })),
  ];
  // A step lasts until the next one begins, so the last one needs an end.
  const data = [...steps, { name: "", level: steps.at(-1)!.level }].map((each, at) => ({ ...each, at }));
  return (
    <div aria-hidden className="h-56">
      <ResponsiveContainer width="100%" height="100%">
        <AreaChart data={data} margin={{ top: 8, right: 8, bottom: 0, left: -28 }} accessibilityLayer={false}>
          <CartesianGrid vertical={false} stroke="var(--line)" />
          <XAxis
            dataKey="at"
            type="number"
            domain={[0, data.length - 1]}
            ticks={steps.map((_, at) => at + 0.5)}
            tickFormatter={(at: number) => steps[Math.floor(at)]?.name ?? ""}
            tick={{ fill: "var(--muted)", fontSize: 14 }}
            interval="preserveStartEnd"
            tickLine={false}
            axisLine={{ stroke: "var(--edge)" }}
          />
          <YAxis
            domain={[0, levelBefore]}
            allowDecimals={false}
            tick={{ fill: "var(--muted)", fontSize: 14 }}
            tickLine={false}
            axisLine={false}
          />
          <Area
            dataKey="level"
            type="stepAfter"
            stroke="var(--ink)"
            strokeWidth={2}
            fill="var(--ink)"
            fillOpacity={0.08}
            dot={false}
            isAnimationActive={false}
          />
        </AreaChart>
      </ResponsiveContainer>
    </div>
  );
}
