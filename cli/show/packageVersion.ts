import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseJson, property } from "../../scripts/system/json.ts";

/** The version of this package, from the package.json that is above this file: in a clone and where it is built. */
export function packageVersion(): string {
    for (let folder = import.meta.dirname; folder !== dirname(folder); folder = dirname(folder)) {
        const file = join(folder, "package.json");
        if (existsSync(file)) {
            const version = property(parseJson(readFileSync(file, "utf8")), "version");
            return typeof version === "string" ? version : "unknown";
        }
    }
    return "unknown";
}
