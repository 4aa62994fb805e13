import type { EngineMaking, EngineOptions } from "../../protocol/engineOptions.ts";
import { configKeysOf } from "../engineFlags.ts";
import { collidingKeys } from "../facts/daemonFlags.ts";
import { refused, type Finding } from "../facts/finding.ts";
import type { DockerFacts } from "../facts/hostFacts.ts";
import { listed } from "./context.ts";

/** What is stated of an engine in another way than its host's Docker has it, and cannot be changed of that. */
export function makingFindings(
    { engine }: DockerFacts,
    { storageDriver, flags = [] }: EngineMaking = {},
): Finding[] {
    if (engine === undefined) {
        return [];
    }
    const root = flags.find((flag) => flag.startsWith("data-root="))?.slice("data-root=".length);
    const lost = (what: string, has: string, key: string, stated: string) =>
        refused(
            "storage-driver",
            `its Docker has ${what} ${has}, and the setting ${key} is ${stated}`,
            "With another one its containers, images and volumes would be out of sight: leave the setting out, or make it the same.",
        );
    return [
        ...(storageDriver === undefined || storageDriver === engine.storageDriver
            ? []
            : [
                  lost(
                      "the storage driver",
                      engine.storageDriver,
                      "engine.storageDriver",
                      storageDriver,
                  ),
              ]),
        ...(root === undefined || root === engine.dataRoot
            ? []
            : [lost("its data in", engine.dataRoot, 'engine.options["data-root"]', root)]),
    ];
}

/** What a daemon's own configuration file sets, and cannot while it is given the same by flags. */
export function configFindings({ config, engine }: DockerFacts, stated?: EngineOptions): Finding[] {
    if (config === undefined) {
        return [];
    }
    const others = stated === undefined ? [] : configKeysOf(stated);
    const keys = collidingKeys(config.text, new Set(others));
    if (keys === undefined) {
        const advice = "Put it right: the next start of Docker fails with it.";
        return [refused("daemon-config", `${config.path} is not a JSON object`, advice)];
    }
    if (keys.length === 0) {
        return [];
    }
    const labels = keys.includes("labels")
        ? " Labels are kept where they are flags: give them as --label in a drop-in such as 05-own.conf, and restart Docker."
        : "";
    const keeps =
        keys.includes("storage-driver") && engine !== undefined
            ? ` The storage driver stays ${engine.storageDriver}: while its Docker runs with it, the machine is given it ` +
              "by a flag; so do not restart it in between."
            : "";
    return [
        refused(
            "daemon-config",
            `${config.path} sets ${listed(keys)}, which docker-machine sets by flags; with both, Docker does not start`,
            `Take ${keys.length === 1 ? "it" : "them"} out of that file.${labels}${keeps}`,
        ),
    ];
}
