import Link from "next/link";

import { Button } from "../components/button.tsx";
import { Empty } from "../components/empty.tsx";
import { PageTitle } from "../components/page-title.tsx";

export default function NotFound() {
  return (
    <>
      <PageTitle title="There is no such page" />
      <Empty
        title="The address may be mistyped, or the page has moved"
        action={
          <Button asChild weight="filled">
            <Link href="/">See the models</Link>
          </Button>
        }
      >
        Nothing of yours is affected.
      </Empty>
    </>
  );
}
