import type { Metadata } from "next";
import { Suspense } from "react";

import { ModelPage } from "../../components/model-page.tsx";
import { PageSkeleton } from "../../components/skeleton.tsx";

export const metadata: Metadata = { title: "Model" };

export default function Page() {
  return (
    <Suspense fallback={<PageSkeleton label="Loading the model" />}>
      <ModelPage />
    </Suspense>
  );
}
