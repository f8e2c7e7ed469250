#pragma once

#include "command/auth/gatekeeper.hpp"
#include "net/types.hpp"

namespace cocached::net {

/// Asks the gatekeeper, and comes back to `executor`, the caller's, with its verdict. It cannot be
/// broken off: the gatekeeper always answers.
Task<bool> admission(command::Gatekeeper& gatekeeper, command::Credentials who,
                     const IoExecutor& executor);

}  // namespace cocached::net
