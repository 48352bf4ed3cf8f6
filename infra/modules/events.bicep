// Tells of new blobs. The subscriptions that feed the app are made by the hook subscribe-drops, because they need the app's key.
@description('Required. Region of the resources.')
param location string

@description('Required. Makes names unique: 13 letters and digits.')
@minLength(5)
param token string

@description('Required. Tags of all resources.')
param tags object

@description('Required. The storage account.')
param storageId string

resource topic 'Microsoft.EventGrid/systemTopics@2025-02-15' = {
  name: 'egst-${token}'
  location: location
  tags: tags
  properties: {
    source: storageId
    topicType: 'Microsoft.Storage.StorageAccounts'
  }
}

@description('Feeds the hook subscribe-drops.')
output topicName string = topic.name
