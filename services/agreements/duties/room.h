// The duties of a running service, put together.
#ifndef PHOIHOP_SERVICES_AGREEMENTS_DUTIES_ROOM_H_
#define PHOIHOP_SERVICES_AGREEMENTS_DUTIES_ROOM_H_

#include <memory>

#include "common/rpc/server.h"
#include "common/setup/backend.h"
#include "services/agreements/duties/duty_events.h"
#include "services/agreements/duties/duty_terms.h"
#include "services/agreements/duties/handlers.h"

namespace phoihop::agreements {

// Store and handlers, and what follows the events; for main.cc.
class DutyRoom {
 public:
  // All of them outlive it.
  DutyRoom(setup::Backend* backend, const access::SnapshotSource* snapshots,
           AgreementStore* agreements, EventStore* events, ObligationBook* book,
           AttachmentCatalog* attachments, const BodyCatalog* bodies);

  // Registers DutiesService.
  void AddHandlers(rpc::Server::Builder& builder) const;

  // To be told of events, and that agreements are extended.
  EventListener* listener() { return &listener_; }
  TermListener* terms() { return &terms_; }

 private:
  const std::unique_ptr<duties::DutyStore> store_;
  const duties::DutyParts parts_;
  duties::DutyEvents listener_{&parts_};
  duties::DutyTerms terms_{&parts_};
};

}  // namespace phoihop::agreements

#endif  // PHOIHOP_SERVICES_AGREEMENTS_DUTIES_ROOM_H_
