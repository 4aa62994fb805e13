import {
    PolicyPack,
    type ResourceValidationPolicy,
    type StackValidationPolicy,
} from "@pulumi/policy";
import { imageTagProblems } from "./rules/imageTag.ts";
import { privateAddressProblems } from "./rules/privateAddress.ts";
import type { Resource } from "./rules/resource.ts";
import { serverCountProblems } from "./rules/serverCount.ts";

/** A rule for each resource by itself. It runs before the resource is made, so that it is not. */
function ofResource(
    name: string,
    description: string,
    problemsOf: (resource: Resource) => string[],
): ResourceValidationPolicy {
    return {
        name,
        description,
        validateResource: (resource, report) => {
            problemsOf(resource).forEach((problem) => {
                report(problem);
            });
        },
    };
}

/** A rule for all resources together. It runs once all are declared: in a preview before any is made. */
function ofStack(
    name: string,
    description: string,
    problemsOf: (resources: readonly Resource[]) => string[],
): StackValidationPolicy {
    return {
        name,
        description,
        validateStack: ({ resources }, report) => {
            problemsOf(resources).forEach((problem) => {
                report(problem);
            });
        },
    };
}

new PolicyPack("consul-machines", {
    enforcementLevel: "mandatory",
    policies: [
        ofResource(
            "private-address",
            "An open cluster, and port 8500, are published on private addresses only.",
            privateAddressProblems,
        ),
        ofStack(
            "server-count",
            "A cluster has an odd number of servers, at most seven.",
            serverCountProblems,
        ),
        ofResource(
            "image-tag",
            "An image is named with a tag other than latest, or with a digest.",
            imageTagProblems,
        ),
    ],
});
