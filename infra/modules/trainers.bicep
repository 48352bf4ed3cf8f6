// The machines' own resource group: who may do what in it, and that nothing in it gets a public address.
// A role's display name must be unique in the whole tenant, hence the hash of the group's id in it.
@description('Required. The app\'s identity: creates and deletes machines here.')
param appPrincipalId string

@description('Required. The machines\' identity: may delete and deallocate here, so that a machine that nobody waits for can end itself.')
param trainerPrincipalId string

@description('Required. Whether public IP addresses are forbidden here.')
param denyPublicAddresses bool

// "Not allowed resource types": built in.
var notAllowedTypes = '6c112d4e-5bc7-47ae-a041-ea2d9dccd749'

resource operator 'Microsoft.Authorization/roleDefinitions@2022-04-01' = {
  name: guid(resourceGroup().id, 'trainer-operator')
  properties: {
    roleName: 'Trainer operator (${resourceGroup().name} ${uniqueString(resourceGroup().id)})'
    description: 'Creates, reads and deletes virtual machines with their disks and network interfaces.'
    type: 'CustomRole'
    assignableScopes: [resourceGroup().id]
    permissions: [
      {
        actions: [
          'Microsoft.Compute/virtualMachines/read'
          'Microsoft.Compute/virtualMachines/write'
          'Microsoft.Compute/virtualMachines/delete'
          'Microsoft.Compute/virtualMachines/instanceView/read'
          'Microsoft.Compute/disks/read'
          'Microsoft.Compute/disks/write'
          'Microsoft.Compute/disks/delete'
          'Microsoft.Compute/locations/operations/read'
          'Microsoft.Network/networkInterfaces/read'
          'Microsoft.Network/networkInterfaces/write'
          'Microsoft.Network/networkInterfaces/delete'
          'Microsoft.Network/networkInterfaces/join/action'
          'Microsoft.Resources/subscriptions/resourceGroups/read'
        ]
        notActions: []
        dataActions: []
        notDataActions: []
      }
    ]
  }
}

resource ender 'Microsoft.Authorization/roleDefinitions@2022-04-01' = {
  name: guid(resourceGroup().id, 'trainer-ender')
  properties: {
    roleName: 'Trainer ender (${resourceGroup().name} ${uniqueString(resourceGroup().id)})'
    description: 'Deletes and deallocates virtual machines with their disks and network interfaces, and nothing else.'
    type: 'CustomRole'
    assignableScopes: [resourceGroup().id]
    permissions: [
      {
        actions: [
          'Microsoft.Compute/virtualMachines/delete'
          'Microsoft.Compute/virtualMachines/deallocate/action'
          'Microsoft.Compute/disks/delete'
          'Microsoft.Network/networkInterfaces/delete'
        ]
        notActions: []
        dataActions: []
        notDataActions: []
      }
    ]
  }
}

resource appMay 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(resourceGroup().id, appPrincipalId, 'trainer-operator')
  properties: {
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: operator.id
  }
}

resource trainerMay 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(resourceGroup().id, trainerPrincipalId, 'trainer-ender')
  properties: {
    principalId: trainerPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: ender.id
  }
}

resource noPublicAddress 'Microsoft.Authorization/policyAssignments@2024-04-01' = if (denyPublicAddresses) {
  name: 'no-public-address'
  properties: {
    displayName: 'Trainers have no public addresses'
    policyDefinitionId: tenantResourceId('Microsoft.Authorization/policyDefinitions', notAllowedTypes)
    parameters: {
      listOfResourceTypesNotAllowed: { value: ['Microsoft.Network/publicIPAddresses'] }
    }
  }
}
