import type { ModelCard } from "../../offchain/client/types.ts";
import { figuresOf, planFor } from "../lib/model-figures.ts";
import { Price } from "./price.tsx";

/** Price and figures of one model, each with what exactly it says. */
export function ModelFigures({ card }: { readonly card: ModelCard }) {
  const { manifest } = card;
  const price = card.prices?.[manifest ? planFor(manifest).index : 0];
  return (
    <dl className="grid grid-cols-2 gap-x-8 gap-y-5 border-y border-line py-5 zones:grid-cols-4">
      <Figure name="Price" note="a request, one node’s fee included">
        {price ? <Price price={price} token={card.token} /> : "—"}
      </Figure>
      {manifest &&
        figuresOf(manifest).map(({ name, value, note }) => (
          <Figure key={name} name={name} note={note}>
            <span className="font-mono">{value}</span>
          </Figure>
        ))}
    </dl>
  );
}

function Figure({
  name,
  note,
  children,
}: {
  readonly name: string;
  readonly note: string;
  readonly children: React.ReactNode;
}) {
  return (
    <div className="min-w-0 [overflow-wrap:anywhere]">
      <dt className="text-small text-muted">{name}</dt>
      <dd>
        {children}
        <span className="mt-0.5 block max-w-[30ch] text-small text-muted">{note}</span>
      </dd>
    </div>
  );
}
