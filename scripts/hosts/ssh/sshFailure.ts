import { refused, type Finding } from "../facts/finding.ts";
import type { HostPlan } from "../facts/hostPlan.ts";
import type { Session } from "./sshSession.ts";

/** One way in which a session fails. */
interface Failure {
    /** What `ssh` or the host says then. */
    readonly says: RegExp;
    /** Whether the next try may well succeed: the host may have only just started. */
    readonly mayPass?: boolean;
    readonly seen: (said: string, plan: HostPlan) => string;
    readonly advice: (plan: HostPlan, session: Session, said: string) => string;
}

const user = ({ sshUser = "root" }: HostPlan) => sshUser;
const port = ({ sshPort = 22 }: HostPlan) => sshPort;

/** What `ssh` said, as it is. */
const asSaid = (said: string) => said;

const whetherItRuns = (plan: HostPlan) =>
    `Check that the host runs, that its address is right, and that no firewall keeps this computer from port ` +
    `${port(plan)}; another port is named by driverOptions.sshPort.`;

/** The first that fits is the one. */
const failures: readonly Failure[] = [
    {
        says: /login as the user "?([\w-]+)"? rather than/i,
        seen: (said, plan) => `it lets the user "${user(plan)}" run nothing: ${said}`,
        advice: (_, __, said) => {
            const named = /as the user "?([\w-]+)/i.exec(said)?.[1] ?? "";
            return `Set driverOptions.sshUser to "${named}".`;
        },
    },
    {
        says: /(password|account) has expired|password change required/i,
        seen: (said, plan) => `the user "${user(plan)}" may not log in: ${said}`,
        advice: (plan) =>
            `Log in by hand and set a new password, or have it never expire: \`sudo chage -M -1 ${user(plan)}\`.`,
    },
    {
        says: /account is currently not available|nologin/i,
        seen: (said, plan) => `the user "${user(plan)}" has no shell: ${said}`,
        advice: () => "Name a user with a shell in driverOptions.sshUser.",
    },
    {
        says: /Could not resolve hostname/i,
        seen: asSaid,
        advice: () => "Name an address that this computer resolves.",
    },
    {
        says: /Connection refused/i,
        mayPass: true,
        seen: (_, plan) => `port ${port(plan)} refuses: Connection refused`,
        advice: (plan) =>
            `Start its SSH server (\`sudo systemctl start ssh\`), or name the server's port in ` +
            `driverOptions.sshPort; it is ${port(plan)} now.`,
    },
    {
        says: /timed? ?out during banner exchange|banner exchange.*timed? ?out/i,
        seen: (_, plan) =>
            `port ${port(plan)} takes connections and then says nothing: Connection timed out during banner exchange`,
        advice: (plan) =>
            `Find out what listens there: \`sudo ss -lntp 'sport = :${port(plan)}'\` on the host; an overloaded ` +
            "host, too, is that silent.",
    },
    {
        says: /timed out|Operation now in progress/i,
        seen: (_, plan) => `port ${port(plan)} does not answer: Connection timed out`,
        advice: whetherItRuns,
    },
    {
        says: /No route to host|Network is unreachable|Host is down/i,
        mayPass: true,
        seen: (said) => `it is not reached: ${reasonIn(said)}`,
        advice: whetherItRuns,
    },
    {
        says: /invalid characters|Bad remote protocol|Invalid SSH identification|not an SSH/i,
        seen: (_, plan) => `what listens on port ${port(plan)} is no SSH server`,
        advice: () => "Name the port of its SSH server in driverOptions.sshPort.",
    },
    {
        says: /no matching (host key type|key exchange method|cipher|MAC)|no mutual signature/i,
        seen: (said) => `it and this computer's \`ssh\` share no algorithm: ${reasonIn(said)}`,
        advice: () => "Update its SSH server, or use a key of type ed25519.",
    },
    {
        says: /Too many authentication failures/i,
        seen: () =>
            "it turned this computer away after several keys: Too many authentication failures",
        advice: () =>
            "Name the one key in driverOptions.sshKey; the SSH agent offers all of its keys.",
    },
    {
        says: /Load key|invalid format|error in libcrypto/i,
        seen: (said, { sshKey = "" }) => `the key ${sshKey} cannot be read: ${reasonIn(said)}`,
        advice: () =>
            "Name a private key that `ssh-keygen -y -f FILE` can read in driverOptions.sshKey.",
    },
    {
        says: /Permission denied/i,
        seen: (said, plan) => `${reasonIn(said)} for the user "${user(plan)}"`,
        advice: deniedAdvice,
    },
    {
        says: /kex_exchange_identification|Connection (closed|reset)/i,
        mayPass: true,
        seen: (said) => `its SSH server ended the connection before any login: ${reasonIn(said)}`,
        advice: () =>
            "See its log (`sudo journalctl -u ssh`): an allow list, fail2ban or MaxStartups does that.",
    },
];

/** What is wrong where a host could not be looked at, in the words of `ssh` itself. */
export function sessionFinding(plan: HostPlan, session: Session): Finding {
    const failure = failureOf(session);
    if (failure !== undefined) {
        const said = lineOf(session, failure.says);
        return refused("ssh", failure.seen(said, plan), failure.advice(plan, session, said));
    }
    const said = words(session).slice(-1).join("");
    if (session.code === 124) {
        return refused(
            "ssh",
            "the login did not end within the time of a look",
            "Log in by hand to see what it waits for: `ssh -F none " +
                `-p ${port(plan)} ${user(plan)}@${plan.reachedAt ?? plan.address} true\`.`,
        );
    }
    return session.code === 255
        ? refused("ssh", `ssh: ${said === "" ? "it says nothing" : said}`, whetherItRuns(plan))
        : refused(
              "shell",
              `the login of "${user(plan)}" runs no commands` + (said === "" ? "" : `: ${said}`),
              "docker-machine needs a user whose login shell is a POSIX shell; name one in driverOptions.sshUser.",
          );
}

/** Whether a session failed for a reason that a host has that has only just started. */
export function mayPass(session: Session): boolean {
    return failureOf(session)?.mayPass === true;
}

function failureOf(session: Session): Failure | undefined {
    return failures.find(({ says }) => words(session).some((line) => says.test(line)));
}

function deniedAdvice(plan: HostPlan, { key }: Session, said: string): string {
    if (key === "passphrase") {
        const hasAgent = (process.env.SSH_AUTH_SOCK ?? "") !== "";
        const line = `${hasAgent ? "" : 'eval "$(ssh-agent -s)" && '}ssh-add ${plan.sshKey ?? ""}`;
        return (
            `The key ${plan.sshKey ?? ""} has a passphrase, which nobody is asked for here: give it to the SSH agent ` +
            `(\`${line}\`). If that was done, the host does not know the key.`
        );
    }
    if (!said.includes("publickey")) {
        return "Its SSH server takes no keys: set `PubkeyAuthentication yes` in its sshd_config.";
    }
    const whose =
        plan.sshKey === undefined
            ? "No key of the SSH agent, nor a usual one of ~/.ssh, is accepted. Name one in driverOptions.sshKey"
            : `The key ${plan.sshKey} is not accepted`;
    return (
        `${whose}: its public part has to be a line of ~${user(plan)}/.ssh/authorized_keys there ` +
        "(`ssh-copy-id`). A user that does not exist is turned away the same way: see driverOptions.sshUser."
    );
}

/** All lines that were printed, those of `ssh` itself last. */
function words({ stdout, stderr }: Session): string[] {
    return `${stdout}\n${stderr}`
        .split("\n")
        .map((line) => line.trim())
        .filter((line) => line !== "" && !line.startsWith("fact "));
}

function lineOf(session: Session, says: RegExp): string {
    return words(session).find((line) => says.test(line)) ?? "";
}

/** What is left of a line of `ssh` without whom it speaks of: `Permission denied (publickey)`. */
function reasonIn(line: string): string {
    return line.replace(/^.*?(?:port \d+: |[\w.-]+@[\w.:-]+: |: (?=[A-Z]))/, "").replace(/\.$/, "");
}
