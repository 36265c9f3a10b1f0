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
  test: { environment: "jsdom", include: ["src/**/*.test.{ts,tsx}", "tools/*.test.mjs"], testTimeout: 20_000 },
});
