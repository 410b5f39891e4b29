/** Progress of long work: a live list of steps on a terminal, plain lines elsewhere, nothing with `--json`. */
import { Listr, type ListrTaskWrapper, type DefaultRenderer, type SimpleRenderer } from "listr2";

import type { Output } from "./output.ts";

export interface ProgressStep {
  readonly key: string;
  readonly title: string;
}

export interface Progress {
  /**
   * A step moved on.
   *
   * @param part 0 … 1, where it is known
   */
  readonly update: (key: string, state: "active" | "done" | "failed" | "kept", detail: string, part?: number) => void;
  /** The work is over, well or not; resolves when everything is drawn. */
  readonly end: () => Promise<void>;
}

/** Starts showing the steps of one piece of work. */
export function startProgress(output: Output, steps: readonly ProgressStep[]): Progress {
  if (output.json) return { update: () => undefined, end: () => Promise.resolve() };
  return output.isLive ? liveProgress(steps) : plainProgress(output, steps);
}

/** One line a change; parts done are left out. */
function plainProgress(output: Output, steps: readonly ProgressStep[]): Progress {
  const width = Math.max(...steps.map(({ title }) => title.length));
  let last = "";
  return {
    update: (key, state, detail) => {
      const title = steps.find((step) => step.key === key)?.title ?? key;
      const line = `${title.padEnd(width)}  ${state === "failed" ? "FAILED " : ""}${detail}`;
      if (line === last) return;
      last = line;
      output.note(line);
    },
    end: () => Promise.resolve(),
  };
}

type Task = ListrTaskWrapper<object, typeof DefaultRenderer, typeof SimpleRenderer>;

interface Live {
  task: Task | undefined;
  title: string;
  detail: string;
  readonly ended: PromiseWithResolvers<undefined>;
  failed: boolean;
}

function liveProgress(steps: readonly ProgressStep[]): Progress {
  let over = false;
  const live = new Map<string, Live>(
    steps.map(({ key, title }) => [
      key,
      { task: undefined, title, detail: "", ended: Promise.withResolvers<undefined>(), failed: false },
    ]),
  );
  const draw = ({ task, title, detail }: Live, isOver: boolean): void => {
    if (task === undefined) return;
    if (isOver) task.title = detail === "" ? title : `${title}: ${detail}`;
    else task.output = detail;
  };
  const list = new Listr(
    steps.map(({ key, title }) => ({
      title,
      skip: () => over && live.get(key)!.detail === "",
      task: async (_: object, task: Task) => {
        const step = live.get(key)!;
        step.task = task;
        draw(step, false);
        await step.ended.promise;
        draw(step, true);
        if (step.failed) throw new Error(`${title}: ${step.detail}`);
      },
    })),
    {
      exitOnError: false,
      // Ctrl-C is the command's own affair.
      registerSignalListeners: false,
      rendererOptions: { collapseSkips: true, collapseErrors: true, showErrorMessage: true },
    },
  );
  const running = list.run({});
  const end = (step: Live): void => {
    step.ended.resolve(undefined);
  };
  return {
    update: (key, state, detail, part) => {
      const step = live.get(key);
      if (step === undefined) return;
      // What comes before a step that has begun is over, whether it was told or not.
      for (const [other, earlier] of live) {
        if (other === key) break;
        end(earlier);
      }
      step.detail = part === undefined || state !== "active" ? detail : `${detail} ${Math.floor(100 * part)} %`;
      step.failed = state === "failed";
      draw(step, false);
      if (state !== "active") end(step);
    },
    end: async () => {
      over = true;
      for (const step of live.values()) end(step);
      await running;
    },
  };
}
