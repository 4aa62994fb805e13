import type { Check } from "../findings.ts";
import { perNode } from "./views.ts";

/** What is wrong with machines and their engines. */
export const engineChecks: readonly Check[] = [
    {
        id: "machine-unreachable",
        asks: "machine",
        holds: "every machine's Docker Engine answers",
        find: perNode(({ machine }) => {
            if (machine?.failure?.at !== "machine") {
                return undefined;
            }
            const {
                name,
                store,
                host = "any address that docker-machine knows",
                failure,
            } = machine;
            return {
                seen: `its machine "${name}" does not answer at ${host} (${failure.text})`,
                why: "It is stopped, gone, has another address, or something between drops what is sent.",
                fix:
                    "`pulumi up` starts one that is stopped, as does " +
                    `\`docker-machine --storage-path ${store} start ${name}\`, and finds ` +
                    "one that has moved; a host of your own is yours to start. One that is lost is " +
                    "recreated: docs/replace.md.",
            };
        }),
    },
    {
        id: "engine-off",
        asks: "machine",
        holds: "no machine runs without its Docker Engine",
        find: perNode(({ machine }) => {
            if (machine?.failure?.at !== "engine") {
                return undefined;
            }
            const {
                name,
                store,
                host = "any address that docker-machine knows",
                failure,
            } = machine;
            return {
                seen: `its machine "${name}" runs, but no Docker Engine answers at ${host} (${failure.text})`,
                why: "Nothing can be changed there; containers that its engine has stopped are down.",
                fix:
                    `On the machine, \`sudo systemctl start docker\`; if that fails, \`sudo journalctl -u ` +
                    `docker\` says why. \`docker-machine --storage-path ${store} ssh ` +
                    `${name}\` gets there. See that a firewall lets port 2376 through.`,
            };
        }),
    },
];
