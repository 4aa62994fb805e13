import { describe, expect, test } from "vitest";
import { readSettings } from "../../../../program/settings/settings.ts";
import { foundGroups } from "../../../support/foundGroups.ts";
import { foundConfigs, type FoundConfig } from "../../../support/foundConfigs.ts";

const context = { project: "consul-machines", stack: "dev" };

/** The settings of three servers and a client whose agents are configured so. */
function read({ agentConfig, serverConfig, clientConfig, ofFirst, security, image }: FoundConfig) {
    const own = ofFirst === undefined ? {} : { agentConfig: ofFirst };
    const settings = {
        driver: "lab",
        driverOptions: { subnet: "10.88.7.0/24" },
        servers: [{ name: "server-1", ...own }, { name: "server-2" }, { name: "server-3" }],
        clients: 1,
        security: security ?? "open",
        ...Object.fromEntries(
            Object.entries({ agentConfig, serverConfig, clientConfig, image }).filter(
                ([, value]) => value !== undefined,
            ),
        ),
    };
    const texts = Object.entries(settings).map(
        ([key, value]) => [key, typeof value === "string" ? value : JSON.stringify(value)] as const,
    );
    return readSettings(Object.fromEntries(texts), context);
}

describe("configurations as they are found in public", () => {
    test.each(foundConfigs)("$what", (found) => {
        const { problems, warnings, settings } = read(found);
        expect(problems).toEqual(found.refused ?? []);
        expect(warnings).toEqual(found.warned ?? []);
        expect(settings === undefined).toBe(found.refused !== undefined);
    });

    test("those that a cluster takes go together in few changes of it, none of which is refused", () => {
        const groups = foundGroups();
        expect(groups.length).toBeLessThanOrEqual(3);
        expect(groups.flatMap(({ what }) => what).length).toBeGreaterThanOrEqual(28);
        for (const { config, what } of groups) {
            expect(read({ what: what.join(), ...config }).problems).toEqual([]);
        }
    });

    test("there are at least forty-five, fifteen of which an agent shows in effect", () => {
        expect(foundConfigs.length).toBeGreaterThanOrEqual(45);
        const shown = foundConfigs.filter(({ seen = [] }) => seen.length > 0);
        expect(shown.length).toBeGreaterThanOrEqual(15);
        expect(shown.filter(({ refused }) => refused !== undefined)).toEqual([]);
        expect(new Set(foundConfigs.map(({ what }) => what)).size).toBe(foundConfigs.length);
    });
});
