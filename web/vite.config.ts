import { defineConfig } from "vite";

// Everything the page loads lies beside it, under names that say nothing of their content: the server's ETag does.
export default defineConfig({
  base: "/static/",
  build: {
    outDir: "../src/forestall/serving/static",
    emptyOutDir: true,
    assetsDir: ".",
    modulePreload: false,
    cssCodeSplit: false,
    rollupOptions: { output: { format: "iife", entryFileNames: "page.js", assetFileNames: "page[extname]" } },
  },
});
