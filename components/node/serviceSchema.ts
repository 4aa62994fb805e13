import { z } from "zod";
import { needsNoPort } from "./checkSchema.ts";
import { isPlainMap } from "./definitionKeys.ts";
import { definitionIssues } from "./definitionSchema.ts";
import { objectRule } from "./objectRule.ts";
import { issueLines, problemsOf, type Issue } from "./problems.ts";
import type { NamedPort, ServiceArgs } from "./serviceArgs.ts";
import { serviceId } from "./serviceDefinition.ts";
import { serviceShape } from "./serviceShape.ts";

const serviceRule = "a service: a name, and what else there is to say of it";
const keys = [...Object.keys(serviceShape), "definition"];

/** A service by its settings. */
export const namedServiceSchema = z
    .strictObject(serviceShape, objectRule(serviceRule, keys))
    .superRefine((stated, context) => {
        const wrong = (path: (string | number)[], message: string) => {
            context.addIssue({ code: "custom", path, message });
        };
        if (stated.port !== undefined && stated.ports !== undefined) {
            wrong(["port"], "ports are there already; leave one of the two out");
        }
        for (const { path, rule } of portIssues(stated.ports ?? [])) {
            wrong(["ports", ...path], rule);
        }
        for (const [index, check] of (stated.checks ?? []).entries()) {
            if (!needsNoPort(check) && stated.port === undefined && stated.ports === undefined) {
                wrong(["checks", index, "port"], "the port to ask, for the service names none");
            }
        }
        if (stated.kind === "connect-proxy" && stated.proxy === undefined) {
            wrong(["proxy"], "for which service it is the proxy: destination_service_name");
        }
        const { native, sidecarService } = stated.connect ?? {};
        if (native === true && sidecarService !== undefined) {
            wrong(["connect", "native"], "a service that speaks for itself has no sidecar");
        }
    });

/** What is wrong with the ports of one service as a set. */
export function portIssues(
    ports: readonly NamedPort[],
): { readonly path: [number, string]; readonly rule: string }[] {
    const names = ports.map(({ name }) => name);
    const defaults = ports.flatMap((one, index) => (one.default === true ? [index] : []));
    return [
        ...names.flatMap((name, index) =>
            names.indexOf(name) === index
                ? []
                : [{ path: [index, "name"] as [number, string], rule: "another port has it" }],
        ),
        ...defaults.slice(1).map((index) => ({
            path: [index, "default"] as [number, string],
            rule: "one port is the default, and another is it already",
        })),
    ];
}

/** What is wrong with a service, by the settings that say so. */
function serviceIssues(service: unknown): readonly Issue[] {
    if (typeof service !== "object" || service === null || !("definition" in service)) {
        return problemsOf(namedServiceSchema.safeParse(service).error, service);
    }
    const { definition, ...rest } = service;
    return [
        ...Object.keys(rest).map((key) => ({
            path: [key],
            rule: "a definition says it; leave it out here",
        })),
        ...definitionIssues(definition).map(({ path, rule }) => ({
            path: ["definition", ...path],
            rule,
        })),
    ];
}

const service = z.custom<ServiceArgs>().superRefine((stated, context) => {
    for (const { path, rule } of serviceIssues(stated)) {
        context.addIssue({ code: "custom", path: [...path], message: rule });
    }
});

/** The services of one node, or of all nodes of a role. */
export const servicesSchema = z.array(service, "a list of services").superRefine((all, context) => {
    const ids = all.map(serviceId);
    for (const [index, id] of ids.entries()) {
        if (id !== undefined && ids.indexOf(id) < index) {
            const message = `another id than "${id}", which a service before it has`;
            context.addIssue({ code: "custom", path: [index, ...idPath(all[index])], message });
        }
    }
});

/** Where a service says its id, or would say it. */
function idPath(service: unknown): string[] {
    return isPlainMap(service) && "definition" in service ? ["definition", "id"] : ["id"];
}

/**
 * Everything that is wrong with services, a line each: where, and the rule.
 *
 * @param at what the services are called in the messages, for example `server-1.services`.
 */
export function serviceProblems(at: string, services: readonly ServiceArgs<unknown>[]): string[] {
    return issueLines(servicesSchema.safeParse(services).error, services, at);
}
