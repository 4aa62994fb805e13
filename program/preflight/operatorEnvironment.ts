/**
 * Variables of an operator's shell that would turn the docker provider away from the machine it
 * was given, and what each does. `eval $(docker-machine env NAME)` sets them.
 */
const diverting: Readonly<Record<string, string>> = {
    DOCKER_HOST: "sends every machine's provider to that engine",
    DOCKER_CERT_PATH: "gives every machine's provider certificates of another engine",
    DOCKER_CONTEXT: "sends every machine's provider to that context's engine",
};

/** What is wrong with the shell's environment, a line for each variable. */
export function environmentProblems(env: NodeJS.ProcessEnv): string[] {
    return Object.entries(diverting).flatMap(([name, effect]) => {
        const value = env[name] ?? "";
        return value === ""
            ? []
            : [`${name}: got "${value}"; it ${effect}. Run \`unset ${name}\`, then this again.`];
    });
}
