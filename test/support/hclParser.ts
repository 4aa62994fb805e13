import { loadHclParser } from "../../cli/import/hcl.ts";

/** Whether the parser of HCL is installed: an optional peer of the package. */
export const hasHclParser = ((): boolean => {
    try {
        loadHclParser();
        return true;
    } catch {
        return false;
    }
})();

/** What the title of a test says that cannot run here. */
export const withoutHclParser = hasHclParser ? "" : " (skipped: js-hcl-parser is not installed)";
