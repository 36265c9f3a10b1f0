// What the address says of the section that is shown, and how it changes.
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback } from "react";

import type { AdministrationSearch } from "./sections";

export const useAdministration = () => {
  const search = useSearch({ from: "/administration" });
  const navigate = useNavigate({ from: "/administration" });
  const change = useCallback(
    (more: Partial<AdministrationSearch>, replace = false) =>
      void navigate({ search: (now) => ({ ...now, ...more }), replace, resetScroll: false }),
    [navigate],
  );
  return { search, change };
};
