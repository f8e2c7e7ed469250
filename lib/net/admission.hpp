#pragma once

#include "command/auth/gatekeeper.hpp"
#include "net/types.hpp"

namespace cocached::net {

/// Asks the gatekeeper and returns its decision, on the caller's `executor`. The wait cannot be
/// cancelled: the gatekeeper always answers.
Task<bool> admission(command::Gatekeeper& gatekeeper, command::Credentials who,
                     const IoExecutor& executor);

}  // namespace cocached::net
