/**
 * Variables that send Docker's clients to another engine than the one they were given, and what each does to
 * the Docker provider. `eval $(docker-machine env NAME)` sets them in an operator's shell.
 */
export const divertingEffects = {
    DOCKER_HOST: "sends every machine's provider to that engine",
    DOCKER_CERT_PATH: "gives every machine's provider certificates of another engine",
    DOCKER_CONTEXT: "sends every machine's provider to that context's engine",
    DOCKER_API_VERSION:
        "holds every machine's provider to that version of Docker's API, which an engine may no longer know",
} as const;

/** An environment in which none of Docker's variables has a value: to be laid over a process's own. Empty counts
 * as unset, and only so can they be unset for Pulumi's plugins. */
export const noDockerVariables = {
    DOCKER_HOST: "",
    DOCKER_CERT_PATH: "",
    DOCKER_CONTEXT: "",
    DOCKER_TLS_VERIFY: "",
    DOCKER_API_VERSION: "",
} as const;

/** Whether Docker's clients read a variable of this name. */
export function isDockerVariable(name: string): boolean {
    return name.startsWith("DOCKER_");
}
