// Below the rows of a long list: the next page of it.
import type { ReactElement } from "react";

import { countText } from "../format/format";
import { useTexts } from "../i18n/texts";

export const MoreRows = ({
  pages,
  shown,
  all,
}: {
  pages: { hasNextPage: boolean; isFetchingNextPage: boolean; fetchNextPage: () => unknown };
  shown: number;
  all: number;
}): ReactElement | null => {
  const { text, language } = useTexts();
  if (!pages.hasNextPage) return null;
  return (
    <footer>
      <button
        type="button"
        className="control small"
        disabled={pages.isFetchingNextPage}
        onClick={() => void pages.fetchNextPage()}
      >
        {text("invoicesMore", { shown: countText(shown, language), all: countText(all, language) })}
      </button>
    </footer>
  );
};
