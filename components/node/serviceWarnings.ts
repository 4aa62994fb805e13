import { isPlainMap, serviceLevel, withApiNames } from "./definitionKeys.ts";
import { pathText } from "./problems.ts";
import type { ServiceArgs } from "./serviceArgs.ts";
import { milliseconds } from "./serviceRules.ts";

/** What a name in DNS is. */
const dnsName = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/**
 * What is allowed and unwise of services that are of the right form, a line each.
 *
 * @param at what they are called in the messages, for example `clients[0].services`.
 */
export function serviceWarnings(at: string, services: readonly ServiceArgs[]): string[] {
    return services.flatMap((service, index) => {
        const isDefined = "definition" in service;
        const given = isDefined ? withApiNames(service.definition, serviceLevel) : service;
        if (!isPlainMap(given)) {
            return [];
        }
        const path = isDefined ? [index, "definition"] : [index];
        const say = (place: readonly PropertyKey[], value: unknown, what: string) =>
            `${pathText([...path, ...place], at)}: got ${JSON.stringify(value)}; ${what}.`;
        const name = isDefined ? given.Name : given.name;
        const checks = isDefined ? given.Checks : given.checks;
        const isKnown = typeof name !== "string" || dnsName.test(name);
        return [
            ...(isKnown ? [] : [say(["name"], name, notInDns)]),
            ...(Array.isArray(checks) ? checks : []).flatMap((check, place) =>
                checkWarnings(check).map(({ key, value, what }) =>
                    say(["checks", place, key], value, what),
                ),
            ),
            ...checkWarnings(given.Check).map(({ key, value, what }) =>
                say(["check", key], value, what),
            ),
        ];
    });
}

const notInDns =
    "it is registered as it is, but DNS may not find it: a name there has lowercase letters, digits and dashes alone, at " +
    "most 63 characters";

/** The times of a check that Consul makes longer by itself. */
function checkWarnings(check: unknown) {
    if (!isPlainMap(check)) {
        return [];
    }
    const { Interval, interval = Interval, DeregisterCriticalServiceAfter: after } = check;
    return [
        ...(isShorter(interval, 1000)
            ? [{ key: "interval", value: interval, what: "Consul checks each second at most" }]
            : []),
        ...(isShorter(after, 60_000)
            ? [
                  {
                      key: "deregister_critical_service_after",
                      value: after,
                      what: "Consul waits a minute at least",
                  },
              ]
            : []),
    ];
}

const isShorter = (duration: unknown, least: number) =>
    typeof duration === "string" && milliseconds(duration) < least;
