import { createDOMRenderer, RendererProvider } from "@fluentui/react-components";
import { QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { queryClient } from "./api/queries";
import { App } from "./App";
import { watchConnection } from "./shell/connection";
import { prepareSession } from "./shell/session";
import { keepFocusInDialogs } from "./ui/escape";
import "./theme/page.css";

// Styles that scripts make need the nonce of this load.
const nonce = document.querySelector<HTMLMetaElement>('meta[name="style-nonce"]')?.content ?? "";
const renderer = createDOMRenderer(document, { styleElementAttributes: { nonce } });

prepareSession();
watchConnection();
keepFocusInDialogs();

const place = document.getElementById("page");
if (place === null) throw new Error("the document has no place for the page");
createRoot(place).render(
  <StrictMode>
    <RendererProvider renderer={renderer} targetDocument={document}>
      <QueryClientProvider client={queryClient}>
        <App />
      </QueryClientProvider>
    </RendererProvider>
  </StrictMode>,
);
