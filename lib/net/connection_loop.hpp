#pragma once

#include "net/connection.hpp"
#include "net/connection_receive.hpp"
#include "net/connection_send.hpp"
#include "net/limits/connection_limit.hpp"
#include "net/limits/pass_budget.hpp"

namespace cocached::net {

/// The life of one connection, from accept to close: answer, send, wait. Ends when the client
/// leaves, when the server hangs up, or when the worker stops; never throws for what a client does.
template <ByteStream Stream>
Task<void> serve_connection(Stream stream, ConnectionLimit::Share slot, ConnectionContext context) {
  const auto counted = std::move(slot);  // until the connection is gone
  Connection<Stream> client{std::move(stream), context};
  Received last;
  for (PassBudget passes;; passes.spend()) {
    const command::NextStep next = passes.are_spent() ? client.yield() : client.answer();
    const auto kind = command::kind_of(next);
    if (kind != StepKind::take_turn && !client.send_now(passes)) {
      const bool sent = co_await flush(client, passes);
      if (!sent) co_return;
    }
    switch (kind) {
      case StepKind::flush:
        break;  // all is sent: answer again
      case StepKind::take_turn: {
        const bool goes_on = co_await client.give_turn(passes);
        if (!goes_on) co_return;
        break;  // what is owed so far goes out with the rest
      }
      case StepKind::admit:
        co_await client.admit(*std::get<command::Admission>(next).who);
        break;
      case StepKind::start_watching:
        client.start_watching(std::get<command::StartWatching>(next).topics);
        break;
      case StepKind::receive:
      case StepKind::receive_value: {
        const auto space = client.make_space(next);
        if (!space) co_return;
        last = client.receive_now(*space, last);
        if (last.receipt == Receipt::nothing_yet) {
          const auto [error, n] = co_await client.async_receive(*space);
          client.begin_turn(passes);
          last = client.book_received(error, n, *space);
        }
        while (last.receipt == Receipt::idle) {
          const auto [error] = co_await client.async_wait_readable();
          client.begin_turn(passes);
          last = client.book_wake(error);
        }
        if (last.receipt == Receipt::gone) co_return;
        break;
      }
      case StepKind::hang_up:
        co_return co_await client.linger();
    }
  }
}

/// Sends what is owed as the client reads it. Returns false if the client will never read the rest.
/// A stop of the worker does not take back what is owed; only the worker's deadline ends the wait.
template <ByteStream Stream>
Task<bool> flush(Connection<Stream>& client, PassBudget& passes) {
  while (client.owes_replies()) {
    if (passes.are_spent()) {
      const bool goes_on = co_await client.give_turn(passes);
      if (!goes_on) co_return false;
    }
    passes.spend();
    const auto [error, n] = co_await client.async_send();
    if (!client.book_sent(error, n)) co_return false;
  }
  client.clear_replies();
  co_return true;
}

}  // namespace cocached::net
