/**
 * The layers of the project: who may import whom. CONTRIBUTING.md shows them.
 *
 * Each list goes from the highest layer to the lowest. A folder imports those of its own row and of
 * the rows below, never those above.
 */
const components = [["cluster"], ["node"], ["machine"], ["agent"], ["pulumi"]];
const providers = [["command", "docker"], ["protocol"]];
const scripts = [
    ["verbs"],
    ["securing"],
    ["node"],
    ["security"],
    ["machine", "lab"],
    ["hosts"],
    ["consul", "docker"],
    ["system", "protocol"],
];

/** What the components take of the scripts: data types, the lab image's name, the left-over hook, what lays down the
 * machines' store, versions of Consul and what they take, what is derived from a cluster's seed, what is wrong with a CA,
 * and with a shell's proxy. */
const usedByComponents = [
    "^scripts/protocol/",
    "^scripts/consul/(serviceParts|versions)[.]ts$",
    "^scripts/lab/labImage[.]ts$",
    "^scripts/docker/(engineApi|ownedObjects)[.]ts$",
    "^scripts/machine/(store|keptFiles|layStore|adoptingHosts)[.]ts$",
    "^scripts/security/(accessFile|broughtAuthority|restoreAccess|secrets)[.]ts$",
    "^scripts/system/proxy[.]ts$",
];

/** What the providers take of the scripts. */
const usedByProviders = ["^scripts/docker/engineApi[.]ts$", "^scripts/system/"];

/**
 * One rule for each row: it never imports what is above it, nor a file at the top of its own root,
 * which is the way in from outside.
 *
 * @param {string} root
 * @param {string[][]} rows
 */
function layered(root, rows) {
    return rows.map((row, index) => {
        const above = rows.slice(0, index).flat();
        const roots = [...above.map((folder) => `^${root}/${folder}/`), `^${root}/[^/]+$`];
        return {
            name: `${root}-${row.join("-")}-up`,
            from: { path: row.map((folder) => `^${root}/${folder}/`) },
            to: { path: roots },
        };
    });
}

/** @type {import("dependency-cruiser").IForbiddenRuleType[]} */
const rules = [
    ...layered("components", components),
    ...layered("providers", providers),
    ...layered("scripts", scripts),
    {
        name: "providers-stand-alone",
        comment:
            "They serve any program: of the rest they take the clients of an engine and of HTTP.",
        from: { path: "^providers/" },
        to: { path: "^(components|program|cli|scripts)/", pathNot: usedByProviders },
    },
    {
        name: "providers-are-a-process",
        comment: "A program is served by them and imports none of them.",
        from: { path: ["^components/", "^scripts/", "^program/"] },
        to: { path: "^providers/" },
    },
    {
        name: "protocol-imports-nothing",
        comment: "Both sides of the wire read it: it has nothing but types and constants.",
        from: { path: "^scripts/protocol/" },
        to: { pathNot: "^scripts/protocol/" },
    },
    {
        name: "scripts-import-components",
        comment: "Scripts run in processes of their own, without Pulumi's SDK.",
        from: { path: "^scripts/" },
        to: { path: ["^components/", "^node_modules/@pulumi/"] },
    },
    {
        name: "components-import-scripts",
        comment: "What is done outside the program is done by a Command.",
        from: { path: "^components/" },
        to: { path: "^scripts/", pathNot: usedByComponents },
    },
    {
        name: "policy-stands-alone",
        comment:
            "Pulumi runs it by itself, on what any program declares: it knows labels, and no component.",
        from: { path: "^policy/" },
        to: { path: "^(components|providers|program|cli|scripts)/", pathNot: "^scripts/protocol/" },
    },
    {
        name: "policy-is-private",
        from: { pathNot: ["^policy/", "^test/"] },
        to: { path: "^policy/" },
    },
    {
        name: "program-is-private",
        from: { pathNot: ["^index[.]ts$", "^program/", "^cli/", "^test/"] },
        to: { path: "^program/" },
    },
    {
        name: "cli-is-private",
        comment: "The check of an example is one of our tests, kept beside the example.",
        from: { pathNot: ["^cli/", "^test/", "^examples/[^/]+/check[.]ts$"] },
        to: { path: "^cli/" },
    },
    {
        name: "tests-are-private",
        from: { pathNot: "^test/" },
        to: { path: "^test/" },
    },
    {
        name: "library-needs-installed-packages",
        comment:
            "What the published package imports is among its dependencies or peers. Types that " +
            "its declarations do not show are not; a check of the package sees to that.",
        from: {
            path: [
                "^components/",
                "^providers/",
                "^scripts/",
                "^policy/",
                // The package's command, as far as nothing else has a part in these folders.
                "^cli/(consulMachines[.]ts$|(bundle|commands|engine|import|recover|show|topology|verbs)/)",
                "^cli/doctor/(checks|gather/(?!computer[.]ts$))",
            ],
        },
        to: {
            pathNot: "^node_modules/@types/",
            dependencyTypes: ["npm-dev", "npm-no-pkg", "npm-unknown"],
            dependencyTypesNot: ["npm", "npm-peer"],
        },
    },
    {
        name: "resolvable",
        from: {},
        to: { couldNotResolve: true },
    },
    {
        name: "no-circle-of-files",
        from: {},
        to: { circular: true },
    },
    {
        name: "no-circle-of-folders",
        scope: "folder",
        from: {},
        to: { circular: true },
    },
];

/** @type {import("dependency-cruiser").IConfiguration} */
export default {
    forbidden: rules.map((rule) => ({ severity: "error", ...rule })),
    options: {
        // An import of types alone couples two files as well.
        tsPreCompilationDeps: true,
        doNotFollow: { path: "node_modules" },
        // policy/ has a package.json, and its packages are those of the whole project.
        combinedDependencies: true,
        enhancedResolveOptions: {
            exportsFields: ["exports"],
            conditionNames: ["import", "node", "default", "types"],
        },
        exclude: { path: "^(dist|[.]tools|[.]state)/" },
    },
};
