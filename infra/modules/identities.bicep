// Who acts: the app, and the machines that train. Neither has a password or a key.
@description('Required. Region of the resources.')
param location string

@description('Required. Makes names unique: 13 letters and digits.')
@minLength(5)
param token string

@description('Required. Tags of all resources.')
param tags object

resource app 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
  name: 'id-app-${token}'
  location: location
  tags: tags
}

resource trainer 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
  name: 'id-trainer-${token}'
  location: location
  tags: tags
}

@description('Feeds the function app: resource id of its identity.')
output appId string = app.id

@description('Feeds AZURE_CLIENT_ID and the identity-based connections.')
output appClientId string = app.properties.clientId

@description('Feeds the role assignments of the app.')
output appPrincipalId string = app.properties.principalId

@description('Feeds Tuning__Azure__TrainerIdentity.')
output trainerId string = trainer.id

@description('Feeds the right to give the identity to a machine.')
output trainerName string = trainer.name

@description('Feeds Tuning__Azure__TrainerIdentityClientId.')
output trainerClientId string = trainer.properties.clientId

@description('Feeds the role assignments of the machines.')
output trainerPrincipalId string = trainer.properties.principalId
