// An invented partner in an empty home, to try everything without Azure.
import { useNavigate } from "@tanstack/react-router";
import type { ReactElement } from "react";

import { api, dataOf, type Schemas } from "../api/client";
import { useWork, type Work } from "../connections/queries";
import { useTexts } from "../i18n/texts";

export type Demo = Work<Schemas["InventedPartner"]>;

export const useDemo = (): Demo => {
  const navigate = useNavigate();
  return useWork<Schemas["InventedPartner"]>(
    { kind: "demo", subject: "" },
    () => dataOf(api.POST("/api/v1/demo", { body: {} })),
    () => void navigate({ to: "/" }),
  );
};

export const DemoButton = ({
  demo,
  className = "control",
}: {
  demo: Demo;
  className?: string;
}): ReactElement => {
  const { text } = useTexts();
  return (
    <button type="button" className={className} disabled={demo.isRunning} onClick={() => demo.start()}>
      {text(demo.isRunning ? "firstDayDemoRuns" : "firstDayDemoTry")}
    </button>
  );
};
