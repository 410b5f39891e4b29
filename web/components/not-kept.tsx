import { EyeOff } from "lucide-react";

/** In the place of the input of a request that is taken up later. */
/** @param answered whether there is an answer, or will be */
export function NotKept({ answered }: { readonly answered: boolean }) {
  return (
    <div className="flex aspect-square w-full max-w-[280px] flex-col items-center justify-center gap-3 rounded-lg border border-dashed border-edge p-6 text-center">
      <EyeOff aria-hidden className="size-6 text-muted" />
      <p className="text-small text-muted">
        What you asked was not stored anywhere, not even here.
        {answered && " The answer is, and only your key opens it."}
      </p>
    </div>
  );
}
