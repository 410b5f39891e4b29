import { Globe, Laptop } from "lucide-react";
import type { ReactNode } from "react";

import { cn } from "../lib/cn.ts";

/**
 * The one idea of the design: what stays on this device to the left of a line, what is public to its right. Below 900 px the zones are stacked
 * and the line lies between them. Everything inside is a `BoundaryRow`.
 */
export function Boundary({ label, children }: { readonly label: string; readonly children: ReactNode }) {
  return (
    <section
      aria-label={label}
      className="relative overflow-hidden rounded-2xl border border-line zones:bg-[linear-gradient(to_right,var(--surface)_50%,transparent_50%)]"
    >
      {/* The stipple of the network and the line itself, behind all rows. */}
      <div aria-hidden className="stipple absolute inset-y-0 left-1/2 right-0 hidden zones:block" />
      <div aria-hidden className="absolute inset-y-0 left-1/2 hidden w-0.5 -translate-x-1/2 bg-ink zones:block" />
      <div className="relative">{children}</div>
    </section>
  );
}

interface BoundaryRowProps {
  readonly device?: ReactNode;
  readonly network?: ReactNode;
  /** Names the zones above their content; once a boundary is enough. */
  readonly titled?: boolean;
}

/** What is on either side at one moment. Time runs downwards. */
export function BoundaryRow({ device, network, titled = false }: BoundaryRowProps) {
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] zones:grid-cols-2">
      {(device !== undefined || titled) && (
        <div
          className={cn(
            "min-w-0 bg-surface p-5 zones:bg-transparent zones:p-8",
            device === undefined && "hidden zones:block",
          )}
        >
          {titled && <ZoneTitle zone="device" />}
          {device}
        </div>
      )}
      {(network !== undefined || titled) && (
        <div
          className={cn(
            "stipple min-w-0 border-t-2 border-ink p-5 zones:border-0 zones:bg-none zones:p-8",
            device === undefined && !titled && "zones:col-start-2",
          )}
        >
          {titled && <ZoneTitle zone="network" />}
          {network}
        </div>
      )}
    </div>
  );
}

const zones = {
  device: { icon: Laptop, name: "On this device", who: "only you" },
  network: { icon: Globe, name: "On the network", who: "everybody" },
} as const;

/** The name of a zone and who can see what is in it. */
export function ZoneTitle({ zone }: { readonly zone: keyof typeof zones }) {
  const { icon: Icon, name, who } = zones[zone];
  return (
    <h2 className="mb-6 flex items-center gap-2 whitespace-nowrap text-body">
      <Icon aria-hidden className="size-5 shrink-0" />
      {name}
      <span className="text-small font-normal text-muted">{who} can see this</span>
    </h2>
  );
}
