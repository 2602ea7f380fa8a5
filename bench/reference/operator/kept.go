package main

import (
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// What is kept of each object in the caches.

func keptMeta(m metav1.ObjectMeta) metav1.ObjectMeta {
	return metav1.ObjectMeta{
		Namespace: m.Namespace, Name: m.Name, UID: m.UID, ResourceVersion: m.ResourceVersion, Generation: m.Generation,
		Labels: m.Labels, CreationTimestamp: m.CreationTimestamp, OwnerReferences: m.OwnerReferences,
	}
}

func keepPod(in any) (any, error) {
	pod, ok := in.(*corev1.Pod)
	if !ok {
		return in, nil
	}
	kept := &corev1.Pod{ObjectMeta: keptMeta(pod.ObjectMeta), Spec: corev1.PodSpec{NodeName: pod.Spec.NodeName}}
	kept.Status.Phase = pod.Status.Phase
	for _, s := range pod.Status.ContainerStatuses {
		kept.Status.ContainerStatuses = append(kept.Status.ContainerStatuses,
			corev1.ContainerStatus{Name: s.Name, Image: s.Image, ImageID: s.ImageID})
	}
	return kept, nil
}

func keepReplicaSet(in any) (any, error) {
	set, ok := in.(*appsv1.ReplicaSet)
	if !ok {
		return in, nil
	}
	return &appsv1.ReplicaSet{ObjectMeta: keptMeta(set.ObjectMeta)}, nil
}

func keepDeployment(in any) (any, error) {
	deployment, ok := in.(*appsv1.Deployment)
	if !ok {
		return in, nil
	}
	kept := &appsv1.Deployment{ObjectMeta: keptMeta(deployment.ObjectMeta)}
	kept.Spec.Replicas = deployment.Spec.Replicas
	for _, c := range deployment.Spec.Template.Spec.Containers {
		kept.Spec.Template.Spec.Containers = append(kept.Spec.Template.Spec.Containers, corev1.Container{Name: c.Name, Image: c.Image})
	}
	return kept, nil
}
