import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

export default defineConfig({
  plugins: [react()],
  build: {
    target: "es2023",
    outDir: process.env.APPORTION_PAGE_FOLDER ?? "dist",
    emptyOutDir: true,
    assetsInlineLimit: 0, // the content security policy allows no data: URLs
    modulePreload: { polyfill: false },
    manifest: "manifest.json",
    license: { fileName: "licenses.json" },
  },
  server: {
    proxy: Object.fromEntries(
      ["/api", "/sign-in"].map((path) => [path, process.env.APPORTION_SERVICE ?? "http://127.0.0.1:8484"]),
    ),
  },
  test: {
    environment: "jsdom",
    testTimeout: 60_000,
    projects: [
      // Units share one process and one document: to begin anew for each file takes longer than most of them.
      {
        extends: true,
        test: { name: "units", include: ["src/**/*.test.ts", "tools/*.test.mjs"], isolate: false, maxWorkers: 1 },
      },
      { extends: true, test: { name: "components", include: ["src/**/*.test.tsx"] } },
    ],
  },
});
