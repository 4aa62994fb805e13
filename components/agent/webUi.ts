import type { JsonObject } from "./configObject.ts";
import { lowerKeys, valueAt } from "./keys/finding.ts";

/** What a server's configuration says of the web UI. */
export interface WebUi {
    /** Whether it is Consul's own, which is in the binary. An agent that is told of that one and of another does not
     * start. */
    readonly isConsuls: boolean;
    /** Where it is on the HTTP port, `/ui/`; undefined where there is none. */
    readonly path: string | undefined;
}

/** The web UI of a server with this extra configuration, in the keys of today or in those of files of before 1.9. */
export function webUiOf(extra: JsonObject = {}): WebUi {
    const config = lowerKeys(extra);
    const stated = (key: string, before: string) =>
        valueAt(config, "ui_config", key) ?? config[before];
    const isOn = stated("enabled", "ui") !== false;
    const directory = stated("dir", "ui_dir");
    const isOther = typeof directory === "string" && directory !== "";
    const place = stated("content_path", "ui_content_path");
    const path = typeof place === "string" ? place.replaceAll(/^\/+|\/+$/g, "") : "ui";
    const isServed = isOn || isOther;
    return {
        isConsuls: isOn && !isOther,
        path: isServed ? (path === "" ? "/" : `/${path}/`) : undefined,
    };
}
