#ifndef PHOIHOP_SERVICES_CTL_SCRIPTS_H_
#define PHOIHOP_SERVICES_CTL_SCRIPTS_H_

namespace phoihop::ctl {

// `backup` and `restore` are scripts in deploy/backup of the clone in which this program was
// built, with options of their own. Becomes the script when the arguments ask for one of them;
// returns an exit code when it cannot, and -1 when they ask for something else.
int RunScript(int argc, char** argv);

}  // namespace phoihop::ctl

#endif  // PHOIHOP_SERVICES_CTL_SCRIPTS_H_
