import { refused, said, type Finding } from "../facts/finding.ts";
import { listed, type Looked } from "./context.ts";

/** Systems on which docker-machine installs sudo where it is missing. */
const installsSudo: ReadonlySet<string> = new Set(["debian", "arch"]);

/** Whether docker-machine may do what it does as root. */
export function loginFindings({ facts }: Looked): Finding[] {
    const { sudo, rights, sudoSays, user = "?", os } = facts;
    if (sudo === "absent" && rights === "own") {
        return installsSudo.has(os.ID ?? "")
            ? [said("install", "it has no sudo", "docker-machine installs it.")]
            : [
                  refused(
                      "sudo",
                      "it has no sudo, by which docker-machine does everything",
                      `Install the package ${listed(["sudo"])} there.`,
                  ),
              ];
    }
    if (sudo === "absent") {
        return [
            refused(
                "sudo",
                `it has no sudo, and the user "${user}" is not root`,
                "Install sudo there and let the user run it without a password, or log in as root.",
            ),
        ];
    }
    if (sudo !== "no") {
        return [];
    }
    const why = (sudoSays.split("\n").at(-1) ?? "").replace(/^sudo: /, "").replace(/\.$/, "");
    return [
        refused(
            "sudo",
            why.includes("password")
                ? `sudo asks the user "${user}" for a password: ${why}`
                : `sudo does not let the user "${user}" become root: ${why}`,
            /\btty\b/.test(why)
                ? `Take "requiretty" out of its sudoers, or add \`Defaults:${user} !requiretty\`.`
                : `Add the line \`${user} ALL=(ALL) NOPASSWD:ALL\` there (\`sudo visudo -f /etc/sudoers.d/${user}\`), or log ` +
                      "in as root.",
        ),
    ];
}
